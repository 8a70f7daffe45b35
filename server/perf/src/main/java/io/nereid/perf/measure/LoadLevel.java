package io.nereid.perf.measure;

/** One level of load that is measured. */
public record LoadLevel(Load load, Protocol protocol, SharedMemory sharedMemory) {}
