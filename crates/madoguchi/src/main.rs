//! Madoguchi, the support center as one program.

fn main() -> std::process::ExitCode {
    madoguchi::main()
}
