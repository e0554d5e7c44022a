//! The checks themselves: they find out what they are for.

use libtest_mimic::Trial;

use crate::history::{holders, visits};

pub(super) fn trials() -> Vec<Trial> {
    let trial = |name, check: fn()| {
        Trial::test(format!("checks/{name}"), move || {
            check();
            Ok(())
        })
    };
    vec![trial("holders", check_holders), trial("visits", check_visits)]
}

fn check_holders() {
    let told = |texts: [&str; 2]| holders(&texts.map(str::to_owned));
    assert_eq!(
        told(["1=a-lock-0000000000 3=a-lock-0000000002", "2=x-lock-0000000001"]),
        Ok(vec![0, 1, 0])
    );
    assert!(told(["1=a-lock-0000000000", "1=x-lock-0000000001"]).is_err(), "both wrote 1");
    assert!(told(["1=a-lock-0000000001", "2=x-lock-0000000000"]).is_err(), "out of order");
    assert!(told(["1=a-lock-0000000001", ""]).is_err(), "one has nothing to say");
}

fn check_visits() {
    let one = |log: [&str; 4]| {
        visits(&log.map(str::to_owned), |inside| inside.values().sum::<usize>() <= 1)
    };
    assert_eq!(
        one(["out-r-0000000001", "in-r-0000000000", "in-w-0000000002", "out-w-0000000003"]),
        Ok(2)
    );
    assert!(
        one(["in-r-0000000000", "in-w-0000000001", "out-w-0000000002", "out-r-0000000003"])
            .is_err()
    );
    assert!(
        one(["in-r-0000000000", "out-r-0000000001", "in-w-0000000002", "odd-w-0000000003"])
            .is_err()
    );
    assert!(visits(&["in-r-0000000000".to_owned()], |_| true).is_err(), "it is still there");
}
