//! Documents of the family `user`.
