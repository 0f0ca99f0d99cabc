//! The floors hold, and a change that spoils the machine code is seen.

use crate::run::{lab, root, stdout};
use crate::trials::Tested;

pub(crate) fn no_figure_fell() -> Tested {
    root()?;
    let output = lab(&["floors"]);
    // Risen figures do not fail.
    eprint!("{}", stdout(&output));
    assert!(output.status.success(), "{}{}", stdout(&output), String::from_utf8_lossy(&output.stderr));
    Ok(())
}

/// Changes the text of `matmul/f32 128x128x16/8x8` and expects its floor on each chip to be missed.
fn falls(from: &str, to: &str) -> Tested {
    root()?;
    for chip in ["ga100", "navi31"] {
        let arguments =
            ["floors", "--kernel", "matmul/f32", "--variant", "128x128x16/8x8", "--chip", chip, "--replace", from, to];
        let output = lab(&arguments);
        let text = stdout(&output);
        assert!(!output.status.success(), "{chip}: {text}");
        let words = "fell: matmul/f32 128x128x16/8x8";
        assert!(text.contains(words), "{chip}: {text}{}", String::from_utf8_lossy(&output.stderr));
    }
    Ok(())
}

const RIGHT: &str = "let right = b_tile[k * BN4 + place(column, j)];";

pub(crate) fn a_needless_bounds_check_is_seen() -> Tested {
    let checked = "let at = k * BN4 + place(column, j); \
                   let right = select(Tile4(0), b_tile[min(at, BK * BN4 - 1u)], at < params.n * BK);";
    falls(RIGHT, checked)
}

pub(crate) fn an_integer_division_in_the_hot_loop_is_seen() -> Tested {
    falls("let right = b_tile[", "let right = b_tile[u32(i32(k4 + column) / max(i32(params.m), 1)) + ")
}

pub(crate) fn an_index_that_the_compiler_cannot_resolve_is_seen() -> Tested {
    falls("(*sums)[i * TN4 + j] = multiply_add(", "(*sums)[(i * TN4 + j + params.m) % (TM * TN4)] = multiply_add(")
}

pub(crate) fn an_unknown_chip_is_answered_with_the_list() -> Tested {
    let output = lab(&["table", "--chip", "voodoo2"]);
    let complaint = String::from_utf8_lossy(&output.stderr);
    assert!(!output.status.success() && complaint.contains("voodoo2") && complaint.contains("ga100"), "{complaint}");
    Ok(())
}

pub(crate) fn a_kernel_that_does_not_compile_is_a_row() -> Tested {
    root()?;
    let request = ["table", "--kernel", "matmul/f32", "--variant", "64x64x16/{4x4,8x8}", "--chip", "ga100"];
    let output = lab(&[&request[..], &["--replace", "workgroupBarrier()", "workgroupBarrier"]].concat());
    let text = stdout(&output);
    assert!(output.status.success() && text.matches("failed:").count() == 2, "{text}");
    Ok(())
}
