//! Lines of files of any size, in memory that doesn't grow with them.

use std::io::{self, Read};

use memchr::memchr;

/// How much is read at once, in bytes. What a longer line says behind that is passed over.
const BLOCK: usize = 256 << 10;

/// Gives each line to `each`, without its end, with its number from 1.
///
/// # Errors
/// The system refuses to read on.
pub(super) fn each_line(
    mut reader: impl Read,
    mut each: impl FnMut(u64, &[u8]),
) -> io::Result<u64> {
    let mut block = vec![0; BLOCK];
    let (mut filled, mut number) = (0, 0);
    let mut is_cut = false;
    loop {
        // There is room: a block without a line's end has been emptied.
        let read = match reader.read(&mut block[filled..]) {
            Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
            read => read?,
        };
        let mut tell = |line: &[u8], is_cut: &mut bool| {
            if !std::mem::take(is_cut) {
                number += 1;
                each(number, line.strip_suffix(b"\r").unwrap_or(line));
            }
        };
        if read == 0 {
            if filled > 0 {
                tell(&block[..filled], &mut is_cut);
            }
            return Ok(number);
        }
        let mut searched = filled;
        filled += read;
        let mut start = 0;
        while let Some(length) = memchr(b'\n', &block[searched..filled]) {
            let end = searched + length;
            tell(&block[start..end], &mut is_cut);
            start = end + 1;
            searched = start;
        }
        if start == 0 && filled == block.len() {
            tell(&block, &mut is_cut);
            is_cut = true;
            filled = 0;
        } else {
            block.copy_within(start..filled, 0);
            filled -= start;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Hands out a few bytes at a time.
    struct Slow<'b>(&'b [u8], usize);

    impl Read for Slow<'_> {
        fn read(&mut self, to: &mut [u8]) -> io::Result<usize> {
            let some = self.1.min(self.0.len()).min(to.len());
            to[..some].copy_from_slice(&self.0[..some]);
            self.0 = &self.0[some..];
            Ok(some)
        }
    }

    fn lines(text: &[u8], step: usize) -> Vec<(u64, Vec<u8>)> {
        let mut found = Vec::new();
        let count = each_line(Slow(text, step), |number, line| {
            found.push((number, line.to_vec()));
        });
        assert_eq!(count.unwrap(), found.len() as u64);
        found
    }

    #[test]
    fn lines_are_whole_however_they_come() {
        let text = b"one\r\n\ntwo\nthree";
        let whole = lines(text, 1_000);
        let expected = [(1, "one"), (2, ""), (3, "two"), (4, "three")];
        assert_eq!(whole, expected.map(|(at, line)| (at, line.into())));
        for step in 1..6 {
            assert_eq!(lines(text, step), whole);
        }
        assert!(lines(b"", 7).is_empty());
        assert_eq!(lines(b"\n", 7), [(1, Vec::new())]);
    }

    #[test]
    fn a_line_beyond_all_measure_is_cut_and_counted_once() {
        let long = [
            b"first\n".as_slice(),
            &vec![b'x'; 3 * BLOCK + 17],
            b"\nlast\n",
        ]
        .concat();
        for step in [10_000, BLOCK] {
            let found = lines(&long, step);
            assert_eq!(found.len(), 3);
            assert!(found[1].1.len() <= BLOCK && found[1].1.len() > BLOCK / 2);
            assert_eq!(found[2], (3, b"last".to_vec()));
        }
    }
}
