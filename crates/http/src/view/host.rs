//! Documents of the family `host`.
