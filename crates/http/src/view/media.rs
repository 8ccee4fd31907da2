//! Documents of the family `media`.
