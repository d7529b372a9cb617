//! Which models there are, which are installed, and how one gets installed.
