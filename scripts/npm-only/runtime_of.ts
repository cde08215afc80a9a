// runtime_of PROGRAM FILE: writes the runtime that a compiled Deno program stands on, which is the
// program as it was before `deno compile` put its payload in.
//
// In an ELF file the payload is behind the end. In a Mach-O file for Apple's processors it is a
// segment of its own in front of the last one; for Intel's it has become the tail of the last.

const [program, file] = Deno.args;
if (program === undefined || file === undefined) throw new Error("usage: runtime_of PROGRAM FILE");
const bytes = Deno.readFileSync(program);
const view = new DataView(bytes.buffer);
const u32 = (at: number) => view.getUint32(at, true);
const u64 = (at: number) => Number(view.getBigUint64(at, true));
const put32 = (at: number, value: number) => view.setUint32(at, value, true);
const put64 = (at: number, value: number) => view.setBigUint64(at, BigInt(value), true);

/** Where the table of sections ends, which is the last part of the file. */
function endOfElf(): number {
  return u64(0x28) + view.getUint16(0x3a, true) * view.getUint16(0x3c, true);
}

/** A load command of a Mach-O file: its kind, and where it is. */
interface LoadCommand {
  readonly kind: number;
  readonly at: number;
  readonly size: number;
}

function loadCommands(): LoadCommand[] {
  const commands: LoadCommand[] = [];
  for (let at = 32; commands.length < u32(16); at += u32(at + 4)) {
    commands.push({ kind: u32(at), at, size: u32(at + 4) });
  }
  return commands;
}

function segment(name: string): LoadCommand | undefined {
  return loadCommands().find(({ kind, at }) =>
    kind === 0x19 &&
    new TextDecoder().decode(bytes.subarray(at + 8, at + 24)).replace(/\0+$/, "") === name
  );
}

/** The places in a load command that are offsets in the file; none but of what is in `__LINKEDIT`. */
const OFFSETS: Readonly<Record<number, readonly number[]>> = {
  0x2: [8, 16], // the symbols
  0xb: [32, 40, 48, 56, 64, 72], // the dynamic symbols
  0x1d: [8], // the signature
  0x26: [8], // where functions start
  0x29: [8], // data in code
  0x80000022: [8, 16, 24, 32, 40], // what dyld is told
  0x80000033: [8], // exports
  0x80000034: [8], // fix-ups
};

/** Takes the segment `__SUI` out; what is behind it moves to where it was. */
function withoutSegment(): Uint8Array<ArrayBuffer> {
  const payload = segment("__SUI")!;
  const last = segment("__LINKEDIT")!;
  const start = u64(payload.at + 40);
  const length = u64(payload.at + 48);
  put64(last.at + 24, u64(payload.at + 24));
  put64(last.at + 40, start);
  for (const { kind, at } of loadCommands()) {
    for (const offset of OFFSETS[kind] ?? []) {
      if (u32(at + offset) >= start) put32(at + offset, u32(at + offset) - length);
    }
  }
  const endOfCommands = 32 + u32(20);
  put32(16, u32(16) - 1);
  put32(20, u32(20) - payload.size);
  bytes.copyWithin(payload.at, payload.at + payload.size, endOfCommands);
  bytes.fill(0, endOfCommands - payload.size, endOfCommands);
  bytes.copyWithin(start, start + length);
  return bytes.subarray(0, bytes.length - length);
}

/** Cuts off what is behind the strings of the last segment, which was made longer for it. */
function withoutTail(): Uint8Array<ArrayBuffer> {
  const last = segment("__LINKEDIT")!;
  const symbols = loadCommands().find(({ kind }) => kind === 0x2)!;
  const strings = u32(symbols.at + 16);
  const mark = new TextEncoder().encode("<~sui-data~>");
  let end = strings;
  while (!mark.every((byte, index) => bytes[end + index] === byte)) {
    if (++end >= bytes.length) throw new Error(`${program} has no payload`);
  }
  put32(symbols.at + 20, end - strings);
  const size = end - u64(last.at + 40);
  put64(last.at + 32, size);
  put64(last.at + 48, size);
  return bytes.subarray(0, end);
}

switch (u32(0)) {
  case 0x464c457f: // "\x7fELF"
    Deno.writeFileSync(file, bytes.subarray(0, endOfElf()), { mode: 0o755 });
    break;
  case 0xfeedfacf: // Mach-O, 64 bits
    Deno.writeFileSync(file, segment("__SUI") ? withoutSegment() : withoutTail(), { mode: 0o755 });
    break;
  default:
    throw new Error(`${program} is neither an ELF file nor a Mach-O one`);
}
