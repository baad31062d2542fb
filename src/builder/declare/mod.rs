//! What a user can put into the configuration of other programs to reach a builder.
