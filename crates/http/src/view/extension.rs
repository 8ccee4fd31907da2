//! Documents of the family `extension`.
