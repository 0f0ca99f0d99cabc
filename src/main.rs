//! The `gpu-assay` command.

fn main() -> std::process::ExitCode {
    gpu_assay::cli::main()
}
