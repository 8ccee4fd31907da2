//! Documents of the family `vdc`.
