//! [`IdleUnload`]: after how long an unused model is unloaded.

use std::time::Duration;

use serde::de::{Error, Unexpected};
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use serde_json::Value;

/// After how long an unused model is unloaded. In the settings: minutes, or `"never"`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum IdleUnload {
    /// After this many minutes without a request; 0 unloads it as soon as its run ends.
    Minutes(u64),
    /// It stays loaded.
    Never,
}

impl IdleUnload {
    /// The time without a request; `None` for never.
    pub fn after(self) -> Option<Duration> {
        match self {
            Self::Minutes(minutes) => Some(Duration::from_secs(minutes * 60)),
            Self::Never => None,
        }
    }
}

impl Serialize for IdleUnload {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::Minutes(minutes) => serializer.serialize_u64(*minutes),
            Self::Never => serializer.serialize_str("never"),
        }
    }
}

impl<'de> Deserialize<'de> for IdleUnload {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let value = Value::deserialize(deserializer)?;
        match value.as_u64() {
            Some(minutes) => Ok(Self::Minutes(minutes)),
            None if value == "never" => Ok(Self::Never),
            None => Err(D::Error::invalid_value(
                Unexpected::Other(&value.to_string()),
                &"minutes or \"never\"",
            )),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn minutes_zero_and_never_are_understood() {
        let check = |json: &str, expected: Option<Duration>| {
            let idle: IdleUnload = serde_json::from_str(json).unwrap();
            assert_eq!(idle.after(), expected, "{json}");
            assert_eq!(serde_json::to_string(&idle).unwrap(), json, "it is written as it was read");
        };
        check("5", Some(Duration::from_secs(300)));
        check("0", Some(Duration::ZERO));
        check("\"never\"", None);
        for wrong in ["-1", "\"soon\"", "null"] {
            assert!(serde_json::from_str::<IdleUnload>(wrong).is_err(), "{wrong} is neither");
        }
    }
}
