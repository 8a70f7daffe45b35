package io.nereid.server.model;

/** When models are loaded and unloaded. */
public enum ModelControlMode {
    /** All at the start, and that is all. */
    NONE,
    /** All at the start, and again whenever the repository changes. */
    POLL,
    /** Those that are named at the start, and from then on those that clients ask for. */
    EXPLICIT
}
