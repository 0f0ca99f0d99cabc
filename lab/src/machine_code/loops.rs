//! Loops in the flow of control, not in the text: compilers put a loop's end behind what follows the loop.

use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;

use super::{Flow, Line};

/// A stretch of lines that is entered at its beginning and left at its end.
struct Block {
    lines: Range<usize>,
    next: Vec<usize>,
}

/// A loop that contains no other, as the stretches of lines that it consists of.
pub(super) struct Innermost {
    pub(super) body: Vec<Range<usize>>,
    /// What the next loop out consists of beside it; empty where there is none.
    pub(super) around: Vec<Range<usize>>,
}

/// The loops that contain no other.
pub(super) fn innermost(lines: &[Line<'_>]) -> Vec<Innermost> {
    let blocks = blocks(lines);
    let loops = natural_loops(&blocks);
    let holds_another =
        |header: usize, body: &BTreeSet<usize>| loops.keys().any(|other| *other != header && body.contains(other));
    let lines_of = |block: &usize| blocks[*block].lines.clone();
    let inner = loops.iter().filter(|(header, body)| !holds_another(**header, body));
    inner
        .map(|(header, body)| {
            let outer = loops.iter().filter(|(other, larger)| *other != header && larger.contains(header));
            let next = outer.min_by_key(|(_, larger)| larger.len()).map(|(_, larger)| larger);
            let beside = next.into_iter().flatten().filter(|block| !body.contains(*block));
            Innermost { body: body.iter().map(lines_of).collect(), around: beside.map(lines_of).collect() }
        })
        .collect()
}

fn blocks(lines: &[Line<'_>]) -> Vec<Block> {
    let begins = |at: usize| {
        at == 0
            || matches!(lines[at], Line::Label(_))
            || matches!(lines[at - 1], Line::Instruction(_, flow) if flow != Flow::On)
    };
    let starts: Vec<usize> = (0..lines.len()).filter(|at| begins(*at)).collect();
    let block_of = |at: usize| starts.partition_point(|start| *start <= at) - 1;
    let labels: BTreeMap<&str, usize> = lines
        .iter()
        .enumerate()
        .filter_map(|(at, line)| if let Line::Label(name) = line { Some((*name, block_of(at))) } else { None })
        .collect();
    let end = |index: usize| starts.get(index + 1).copied().unwrap_or(lines.len());
    let next = |index: usize| {
        let following = (index + 1 < starts.len()).then_some(index + 1);
        let target = |name: &str| labels.get(name).copied();
        let (jump, falls) = match lines[end(index) - 1] {
            Line::Instruction(_, Flow::Jump(name)) => (target(name), false),
            Line::Instruction(_, Flow::Branch(name)) => (target(name), true),
            Line::Instruction(_, Flow::End) => (None, false),
            _ => (None, true),
        };
        jump.into_iter().chain(following.filter(|_| falls)).collect()
    };
    (0..starts.len()).map(|index| Block { lines: starts[index]..end(index), next: next(index) }).collect()
}

/// Header of each loop, and everything from which an end of the loop can be reached without passing the header.
fn natural_loops(blocks: &[Block]) -> BTreeMap<usize, BTreeSet<usize>> {
    let mut before = vec![Vec::new(); blocks.len()];
    for (index, block) in blocks.iter().enumerate() {
        block.next.iter().for_each(|next| before[*next].push(index));
    }
    let mut loops: BTreeMap<usize, BTreeSet<usize>> = BTreeMap::new();
    for (end, header) in edges_back(blocks) {
        let body = loops.entry(header).or_insert_with(|| BTreeSet::from([header]));
        let mut waiting = vec![end];
        while let Some(block) = waiting.pop() {
            if body.insert(block) {
                waiting.extend(&before[block]);
            }
        }
    }
    loops
}

/// Edges to a block that is on the way from the entry.
fn edges_back(blocks: &[Block]) -> Vec<(usize, usize)> {
    let mut found = Vec::new();
    let (mut seen, mut on_the_way) = (BTreeSet::new(), Vec::new());
    if blocks.is_empty() {
        return found;
    }
    // A block, and how many of its edges were followed.
    let mut path = vec![(0, 0)];
    while let Some((block, followed)) = path.pop() {
        if followed == 0 {
            seen.insert(block);
            on_the_way.push(block);
        }
        let Some(&next) = blocks[block].next.get(followed) else {
            on_the_way.pop();
            continue;
        };
        path.push((block, followed + 1));
        if on_the_way.contains(&next) {
            found.push((block, next));
        } else if !seen.contains(&next) {
            path.push((next, 0));
        }
    }
    found
}
