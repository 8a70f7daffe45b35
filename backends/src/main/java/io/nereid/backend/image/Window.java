package io.nereid.backend.image;

/**
 * The part of a resized image that is wanted.
 *
 * @param width columns of the whole resized image
 * @param height its rows
 * @param left the first column wanted
 * @param top the first row wanted
 * @param columns how many columns are wanted
 * @param rows how many rows
 */
record Window(int width, int height, int left, int top, int columns, int rows) {}
