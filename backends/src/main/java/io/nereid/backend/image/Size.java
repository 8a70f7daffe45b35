package io.nereid.backend.image;

/**
 * The size of an image.
 *
 * @param height rows
 * @param width columns
 */
record Size(int height, int width) {}
