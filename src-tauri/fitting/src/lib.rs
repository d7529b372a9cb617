//! Cleans a snippet for the model, and fits the completion to the place it goes to.
