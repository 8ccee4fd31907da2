//! task-engine
