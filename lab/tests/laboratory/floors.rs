//! The floors hold, and a change that spoils the machine code is seen.

use crate::run::{is_there, lab, stdout};

#[test]
fn no_figure_fell() {
    if is_there() {
        let output = lab(&["floors"]);
        // Risen figures do not fail; cargo shows this with --nocapture.
        eprint!("{}", stdout(&output));
        assert!(output.status.success(), "{}{}", stdout(&output), String::from_utf8_lossy(&output.stderr));
    }
}

/// Changes the text of `matmul/f32 128x128x16/8x8` and expects its floor on `chip` to be missed.
fn falls(chip: &str, from: &str, to: &str) {
    if is_there() {
        let arguments =
            ["floors", "--kernel", "matmul/f32", "--variant", "128x128x16/8x8", "--chip", chip, "--replace", from, to];
        let output = lab(&arguments);
        let text = stdout(&output);
        assert!(!output.status.success(), "{chip}: {text}");
        assert!(
            text.contains("fell: matmul/f32 128x128x16/8x8"),
            "{chip}: {text}{}",
            String::from_utf8_lossy(&output.stderr)
        );
    }
}

const RIGHT: &str = "let right = b_tile[k * BN4 + place(column, j)];";

#[test]
fn a_needless_bounds_check_is_seen() {
    for chip in ["ga100", "navi31"] {
        let checked = "let at = k * BN4 + place(column, j); \
                       let right = select(Tile4(0), b_tile[min(at, BK * BN4 - 1u)], at < params.n * BK);";
        falls(chip, RIGHT, checked);
    }
}

#[test]
fn an_integer_division_in_the_hot_loop_is_seen() {
    for chip in ["ga100", "navi31"] {
        falls(chip, "let right = b_tile[", "let right = b_tile[u32(i32(k4 + column) / max(i32(params.m), 1)) + ");
    }
}

#[test]
fn an_index_that_the_compiler_cannot_resolve_is_seen() {
    for chip in ["ga100", "navi31"] {
        let unresolved = "(*sums)[(i * TN4 + j + params.m) % (TM * TN4)] = multiply_add(";
        falls(chip, "(*sums)[i * TN4 + j] = multiply_add(", unresolved);
    }
}

#[test]
fn an_unknown_chip_is_answered_with_the_list() {
    let output = lab(&["table", "--chip", "voodoo2"]);
    let complaint = String::from_utf8_lossy(&output.stderr);
    assert!(!output.status.success() && complaint.contains("voodoo2") && complaint.contains("ga100"), "{complaint}");
}

#[test]
fn a_kernel_that_does_not_compile_is_a_row() {
    if is_there() {
        let request = ["table", "--kernel", "matmul/f32", "--variant", "64x64x16/{4x4,8x8}", "--chip", "ga100"];
        let output = lab(&[&request[..], &["--replace", "workgroupBarrier()", "workgroupBarrier"]].concat());
        let text = stdout(&output);
        assert!(output.status.success() && text.matches("failed:").count() == 2, "{text}");
    }
}
