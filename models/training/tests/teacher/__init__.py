"""The teacher. Its model and grammars are in `library`, for they need other libraries."""
