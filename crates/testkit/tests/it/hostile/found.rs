//! What the properties found, each as a request of its own.
