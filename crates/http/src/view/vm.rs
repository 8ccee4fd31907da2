//! Documents of the family `vm`.
