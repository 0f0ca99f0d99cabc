//! A record's rates beside those of another program's libraries on the same card.

use super::text::plain;
use crate::record::{Entry, Peer, PeerEntry, PeerUnit, Record};
use crate::units::{BytesPerSec, OpsPerSec};

/// A line on what was measured beside, and one for each benchmark of which both have a rate; none where nothing was.
pub fn beside_peer(record: &Record) -> Vec<String> {
    match &record.peer {
        None => Vec::new(),
        Some(Err(why)) => vec![format!("Other libraries' figures: {}", plain(why))],
        Some(Ok(peer)) => {
            let rows: Vec<String> = rows(record, peer).collect();
            let heading = (!rows.is_empty()).then(|| heading(peer));
            heading.into_iter().chain(rows).collect()
        }
    }
}

fn heading(peer: &Peer) -> String {
    let built_for = match (&peer.cuda, &peer.hip) {
        (Some(cuda), _) => format!(" (CUDA {})", plain(cuda)),
        (None, Some(hip)) => format!(" (HIP {})", plain(hip)),
        (None, None) => String::new(),
    };
    format!("Beside PyTorch {}{built_for} on this card, best over best:", plain(&peer.torch))
}

fn rows<'r>(record: &'r Record, peer: &'r Peer) -> impl Iterator<Item = String> + 'r {
    let of = |theirs: &PeerEntry| record.entries.iter().find(|entry| theirs.id.as_deref() == Some(&*entry.id));
    peer.entries.iter().filter_map(move |theirs| row(of(theirs)?, theirs))
}

fn row(entry: &Entry, theirs: &PeerEntry) -> Option<String> {
    let rates = entry.rates.filter(|_| entry.is_sound())?;
    let (their_rate, ratio) = match theirs.unit {
        PeerUnit::OpsPerS => {
            let rate = OpsPerSec::stated(theirs.best);
            (rate.to_string(), rates.ops()?.best / rate)
        }
        PeerUnit::BytesPerS => {
            let rate = BytesPerSec::stated(theirs.best);
            (rate.to_string(), rates.bytes()?.best / rate)
        }
    };
    let ours_words = super::text::best_rate(entry);
    let call = format!("{}, {}", plain(&theirs.peer), plain(&theirs.size));
    Some(format!("  {:20} {ours_words:>14}, theirs {their_rate:>14}: {ratio:5.3} ({call})", plain(&entry.id)))
}
