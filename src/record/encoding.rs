//! Text files as people's tools leave them: with a byte-order mark, or in UTF-16, which nothing here reads.

use std::fs::File;
use std::io::{self, Read as _};
use std::path::Path;

/// Reads a file of at most `most` bytes.
///
/// # Errors
/// Fails if the system refuses, or the file is larger.
pub fn read(path: &Path, most: u64) -> io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    File::open(path)?.take(most + 1).read_to_end(&mut bytes)?;
    if u64::try_from(bytes.len()).is_ok_and(|length| length <= most) {
        Ok(bytes)
    } else {
        Err(io::Error::other(format!("it is larger than {} MiB", most >> 20)))
    }
}

/// The text of a file in UTF-8, without the mark that some editors put before it.
///
/// # Errors
/// Fails if it is something else, with what to do.
pub fn text(bytes: &[u8]) -> Result<&str, String> {
    if bytes.starts_with(&[0xff, 0xfe]) || bytes.starts_with(&[0xfe, 0xff]) || is_utf16_without_mark(bytes) {
        return Err("it is UTF-16 text, as `>` of Windows PowerShell writes it; save it as UTF-8 \
                    (`gpu-assay … | Out-File -Encoding utf8 FILE`)"
            .to_owned());
    }
    std::str::from_utf8(bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes))
        .map_err(|error| format!("it is no UTF-8 text: byte {} is not", error.valid_up_to() + 1))
}

/// Every other byte of the first few is zero: ASCII in UTF-16.
fn is_utf16_without_mark(bytes: &[u8]) -> bool {
    let zeros = |parity: usize| bytes.iter().skip(parity).step_by(2).take(4).filter(|byte| **byte == 0).count();
    bytes.len() >= 8 && (zeros(0) == 4) != (zeros(1) == 4)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn marks_are_taken_off_and_utf16_is_named() {
        assert_eq!(text(b"\xef\xbb\xbf{}"), Ok("{}"));
        assert_eq!(text(b"{}"), Ok("{}"));
        let wide = |mark: &[u8], order: fn(u16) -> [u8; 2]| -> Vec<u8> {
            mark.iter().copied().chain("{\"a\": 1}".encode_utf16().flat_map(order)).collect()
        };
        for wide in
            [wide(&[0xff, 0xfe], u16::to_le_bytes), wide(&[0xfe, 0xff], u16::to_be_bytes), wide(&[], u16::to_le_bytes)]
        {
            assert!(text(&wide).is_err_and(|words| words.contains("UTF-16")), "{wide:?}");
        }
        assert!(text(b"caf\xe9 au lait").is_err_and(|words| words.contains("byte 4")));
    }
}
