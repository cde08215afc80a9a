/** Read from something that it cannot be read from. */
export const MALFORMED = Symbol("malformed");

/**
 * A value in a file of JSON: how it is read, and how it is written. Of its own kind since it is on the
 * hooks' hot path, where no schema library is loaded.
 */
export interface Field<T> {
  read(value: unknown): T | typeof MALFORMED;
  write(value: T): unknown;
}

/** A value that is the same in the file. */
function plain<T>(is: (value: unknown) => boolean): Field<T> {
  return { read: (value) => is(value) ? value as T : MALFORMED, write: (value) => value };
}

/** Any text. */
export const text: Field<string> = plain((value) => typeof value === "string");
/** True or false. */
export const flag: Field<boolean> = plain((value) => typeof value === "boolean");
/** Finite, and 0 or more. */
export const number: Field<number> = plain((value) => Number.isFinite(value) && Number(value) >= 0);

/** One of some words. */
export function oneOf<const T extends string>(...words: readonly T[]): Field<T> {
  return plain((value) => (words as readonly unknown[]).includes(value));
}

/** An instant in milliseconds since 1970. */
export const milliseconds: Field<Date> = {
  read: (value) =>
    typeof value === "number" && Number.isFinite(value) ? new Date(value) : MALFORMED,
  write: (value) => value.getTime(),
};

/** One more step between a value and its file. */
export function map<T, U>(
  field: Field<U>,
  read: (value: U) => T | typeof MALFORMED,
  write: (value: T) => U,
): Field<T> {
  return {
    read(value) {
      const inner = field.read(value);
      return inner === MALFORMED ? MALFORMED : read(inner);
    },
    write: (value) => field.write(write(value)),
  };
}

/** What is malformed or missing is this. */
export function or<T>(field: Field<T>, fallback: T): Field<T> {
  return {
    read(value) {
      const read = field.read(value);
      return read === MALFORMED ? fallback : read;
    },
    write: (value) => field.write(value),
  };
}

/** What is malformed or missing is null. */
export function orNull<T>(field: Field<T>): Field<T | null> {
  return or(nullable(field), null);
}

/** Null, or that; what is malformed stays so. */
export function nullable<T>(field: Field<T>): Field<T | null> {
  return {
    read: (value) => value === null ? null : field.read(value),
    write: (value) => value === null ? null : field.write(value),
  };
}

/** What is malformed or missing is undefined; in the file that is null. */
export function maybe<T>(field: Field<T>): Field<T | undefined> {
  return {
    read(value) {
      const read = field.read(value);
      return read === MALFORMED ? undefined : read;
    },
    write: (value) => value === undefined ? null : field.write(value),
  };
}

/** The same, and left out of the file. */
export function optional<T>(field: Field<T>): Field<T | undefined> {
  return {
    ...maybe(field),
    write: (value) => value === undefined ? undefined : field.write(value),
  };
}

/** All of a kind; one that is malformed makes the list so. */
export function list<T>(field: Field<T>): Field<readonly T[]> {
  return {
    read(value) {
      if (!Array.isArray(value)) return MALFORMED;
      const all = value.map((each) => field.read(each));
      return all.includes(MALFORMED) ? MALFORMED : all as T[];
    },
    write: (value) => value.map((each) => field.write(each)),
  };
}

/** Values by names of their own; those that are malformed are left out. */
export function table<T>(field: Field<T>): Field<Readonly<Record<string, T>>> {
  return {
    read(value) {
      if (!isObject(value)) return MALFORMED;
      const all = Object.entries(value).map(([name, each]) => [name, field.read(each)] as const);
      return Object.fromEntries(
        all.filter((entry): entry is [string, T] => entry[1] !== MALFORMED),
      );
    },
    write: (value) =>
      Object.fromEntries(Object.entries(value).map(([name, each]) => [name, field.write(each)])),
  };
}

/** The fields of an object, each under its own name; others are ignored. */
export type Fields<T> = { readonly [K in keyof T]-?: Field<T[K]> };

/** An object; one field that is malformed makes it so. */
export function object<T extends object>(fields: Fields<T>, names: Names<T> = {}): Field<T> {
  const keys = Object.keys(fields) as (keyof T & string)[];
  return {
    read(value) {
      if (!isObject(value)) return MALFORMED;
      const read: Partial<T> = {};
      for (const key of keys) {
        const each = fields[key].read(value[names[key] ?? key]);
        if (each === MALFORMED) return MALFORMED;
        if (each !== undefined) read[key] = each as T[typeof key];
      }
      return read as T;
    },
    write: (value) =>
      Object.fromEntries(keys.map((key) => [names[key] ?? key, fields[key].write(value[key])])),
  };
}

/** What fields are called in the file, where that is another name. */
export type Names<T> = { readonly [K in keyof T]?: string };

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
