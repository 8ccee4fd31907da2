//! Documents of the family `catalog_item`.
