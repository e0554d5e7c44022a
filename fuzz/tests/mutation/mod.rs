//! Inputs that are nearly like others: what a fuzzer does, without its feedback.

/// Makes inputs of inputs; the same ones every time.
pub(crate) struct Mutator<'a> {
    seeds: &'a [Vec<u8>],
    state: u64,
}

/// Where lengths, counts and flags have their limits.
const NUMBERS: [i32; 8] = [0, 1, -1, i32::MAX, i32::MIN, 4, 255, 1 << 20];
/// How long an input can become.
const LONGEST: usize = 4_096;

impl<'a> Mutator<'a> {
    pub(crate) fn new(seeds: &'a [Vec<u8>]) -> Self {
        Self { seeds, state: 0 }
    }

    pub(crate) fn next(&mut self) -> Vec<u8> {
        let mut input = self.seed().to_vec();
        for _ in 0..=self.below(4) {
            self.change(&mut input);
        }
        input.truncate(LONGEST);
        input
    }

    fn change(&mut self, input: &mut Vec<u8>) {
        let (from, to) = self.part(input.len());
        match self.below(8) {
            0 => drop(input.drain(from..to)),
            1 => input.extend_from_within(from..to),
            2 => drop(input.splice(from..to, self.piece())),
            3 => drop(input.splice(from..from, [self.byte()])),
            4 => {
                let number = NUMBERS[self.below(NUMBERS.len())].to_be_bytes();
                drop(input.splice(from..input.len().min(from + number.len()), number));
            }
            5 => input.iter_mut().skip(from).take(1).for_each(|byte| *byte ^= 1 << self.below(8)),
            6 => input.iter_mut().skip(from).take(1).for_each(|byte| *byte = self.byte()),
            _ => input.truncate(from),
        }
    }

    /// A part of another input.
    fn piece(&mut self) -> Vec<u8> {
        let seed = self.seed();
        let (from, to) = self.part(seed.len());
        seed[from..to].to_vec()
    }

    fn seed(&mut self) -> &'a [u8] {
        &self.seeds[self.below(self.seeds.len())]
    }

    fn part(&mut self, len: usize) -> (usize, usize) {
        let (one, other) = (self.below(len + 1), self.below(len + 1));
        (one.min(other), one.max(other))
    }

    fn byte(&mut self) -> u8 {
        self.random().to_le_bytes()[0]
    }

    fn below(&mut self, bound: usize) -> usize {
        (self.random() % bound as u64) as usize
    }

    /// SplitMix64.
    fn random(&mut self) -> u64 {
        self.state = self.state.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let z = (self.state ^ (self.state >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }
}
