package io.nereid.backend;

/**
 * What the instances of a model version hold of one GPU's memory.
 *
 * @param model the model's name
 * @param version its number
 * @param device the GPU's number as CUDA counts
 * @param bytes what they hold, as far as the backend knows
 */
public record GpuMemory(String model, long version, int device, long bytes) {}
