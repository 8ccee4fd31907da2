//! Documents of the family `vapp_template`.
