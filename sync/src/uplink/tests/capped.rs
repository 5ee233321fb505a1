//! How much of the line is used where a shop allows only so much.

use super::*;

#[test]
fn a_capped_line_is_used_for_no_more_than_that_and_for_hardly_less() {
    let bytes = |sizes: &[usize]| sizes.iter().map(|size| *size as u64 + 8).sum::<u64>();
    for per_s in [2_000, 40_000, 300_000] {
        let sizes = [303; 4_000];
        let mut world = World::new(1, &sizes);
        world.uplink = world.uplink.capped(NonZeroU32::new(per_s));
        let began = world.now_ms;
        world.uplink.wake();
        let mut waited_for_the_line = false;
        while world.step(&mut || Fault::None) {
            waited_for_the_line |= world.uplink.is_capped();
        }
        let took_ms = world.now_ms - began;
        let least_ms = bytes(&sizes) * 1_000 / u64::from(per_s);
        assert!(waited_for_the_line);
        // The last answer's wait is nobody's; signatures and pages are on top of the events.
        let most_ms = least_ms * 103 / 100 + 40 * world.requests as u64 + 2_000;
        assert!((least_ms - least_ms / 50..most_ms).contains(&took_ms), "{took_ms} of {least_ms}");
    }
}
