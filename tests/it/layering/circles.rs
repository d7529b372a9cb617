//! Circles of files: groups whose members need each other, so that none can be read alone.

use std::collections::{BTreeMap, BTreeSet};

/// The groups of two or more nodes that reach each other along the arrows, each in order.
///
/// Two nodes are in a circle if each can be reached from the other. A crate has some hundred files, so
/// what each of them reaches is simply walked.
pub(crate) fn circles<N: Ord + Clone>(arrows: &BTreeMap<N, BTreeSet<N>>) -> Vec<Vec<N>> {
    let reachable: BTreeMap<&N, BTreeSet<&N>> =
        arrows.keys().map(|node| (node, reach(arrows, node))).collect();
    let mut found: Vec<Vec<N>> = Vec::new();
    for (node, reached) in &reachable {
        let is_known = found.iter().any(|circle| circle.contains(node));
        if is_known || !reached.contains(node) {
            continue;
        }
        let members = reached.iter().filter(|other| reachable[**other].contains(node));
        found.push(members.map(|member| (*member).clone()).collect());
    }
    found
}

/// All that can be reached from `start` by one arrow or more.
fn reach<'a, N: Ord>(arrows: &'a BTreeMap<N, BTreeSet<N>>, start: &'a N) -> BTreeSet<&'a N> {
    let mut reached = BTreeSet::new();
    let mut open = vec![start];
    while let Some(node) = open.pop() {
        open.extend(arrows[node].iter().filter(|next| reached.insert(*next)));
    }
    reached
}

#[test]
fn a_circle_is_found_through_others_and_a_tree_has_none() {
    let graph = |arrows: &[(&'static str, &[&'static str])]| {
        arrows.iter().map(|(from, to)| (*from, to.iter().copied().collect())).collect()
    };
    let tree = graph(&[("a", &["b", "c"]), ("b", &["c"]), ("c", &[])]);
    assert_eq!(circles(&tree), Vec::<Vec<&str>>::new(), "all arrows run down");
    let round = graph(&[("a", &["b"]), ("b", &["c"]), ("c", &["a", "d"]), ("d", &[])]);
    assert_eq!(circles(&round), [["a", "b", "c"]], "d is below the circle");
}
