# try.rb FORMULA CELLAR [OS ARCH]: evaluates a formula as Homebrew does, installs it below CELLAR and runs
# its test there, with just as much of Homebrew as ours uses. Prints what a user sees.
require "digest"
require "fileutils"
require "net/http"
require "open3"
require "pathname"

formula_path, cellar, OS_NAME, ARCH = ARGV
CELLAR = Pathname(cellar)

# What Homebrew adds to paths.
class Pathname
  # Copies files into this directory.
  def install(*sources)
    mkpath
    sources.flatten.each do |source|
      raise "there is no #{source}" unless File.exist?(source)

      FileUtils.cp(source, self)
    end
  end
end

# What a block of a service says.
class Service
  attr_reader :said

  def initialize(formula, &block)
    @formula = formula
    @said = {}
    instance_eval(&block)
  end

  def opt_bin = @formula.bin

  def run(command) = @said[:run] = command

  def keep_alive(when_it) = @said[:keep_alive] = when_it
end

# What Homebrew's class has, and ours asks for.
class Formula
  class << self
    attr_reader :tester, :serving

    %i[desc homepage version license url sha256].each do |name|
      define_method(name) do |value = nil|
        values[name] = value unless value.nil?
        values[name]
      end
    end

    def values = @values ||= {}

    def on_macos = (yield if OS_NAME == "macos")

    def on_linux = (yield if OS_NAME == "linux")

    def on_arm = (yield if ARCH == "arm64")

    def on_intel = (yield if ARCH == "x64")

    def test(&block) = @tester = block

    def service(&block) = @serving = block
  end

  def version = self.class.version

  def prefix = CELLAR/"quota-sentry"/version

  def bin = prefix/"bin"

  def man1 = prefix/"share/man/man1"

  def doc = prefix/"share/doc/quota-sentry"

  def bash_completion = prefix/"etc/bash_completion.d"

  def zsh_completion = prefix/"share/zsh/site-functions"

  def fish_completion = prefix/"share/fish/vendor_completions.d"

  def testpath = CELLAR/"test"

  def system(*command)
    words = command.map(&:to_s)
    raise "failed: #{words.join(" ")}" unless Kernel.system(*words)
  end

  def shell_output(command)
    output, status = Open3.capture2(command)
    raise "failed: #{command}" unless status.success?

    output
  end

  def assert_match(expected, text)
    raise "#{text.inspect} has no #{expected.inspect}" unless text.include?(expected)
  end

  def assert_path_exists(path)
    raise "there is no #{path}" unless path.exist?
  end

  def refute_path_exists(path)
    raise "#{path} is there" if path.exist?
  end
end

load formula_path
formula = QuotaSentry.new
%i[desc homepage version license url sha256].each do |name|
  raise "#{name} is missing" if QuotaSentry.public_send(name).to_s.empty?
end

archive = Net::HTTP.get(URI(QuotaSentry.url))
raise "the sum is wrong" unless Digest::SHA256.hexdigest(archive) == QuotaSentry.sha256

FileUtils.mkdir_p(CELLAR/"unpacked")
File.binwrite(CELLAR/"archive", archive)
formula.system("tar", "-xJf", CELLAR/"archive", "-C", CELLAR/"unpacked")
Dir.chdir((CELLAR/"unpacked").children.first) { formula.install }

formula.testpath.mkpath
ENV["HOME"] = formula.testpath.to_s
Dir.chdir(formula.testpath) { formula.instance_eval(&QuotaSentry.tester) }
puts "service: #{Service.new(formula, &QuotaSentry.serving).said}", formula.caveats
