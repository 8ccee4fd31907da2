//! Documents of the family `admin`.
