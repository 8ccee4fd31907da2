//! Documents of the family `catalog`.
