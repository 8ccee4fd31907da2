//! Documents of the family `vapp`.
