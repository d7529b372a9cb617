//! Hours of use in minutes, with faults.
