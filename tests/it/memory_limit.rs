//! memory_limit
