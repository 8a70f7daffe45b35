package io.nereid.modelrepo;

/**
 * The files of a model as far as they say what it is.
 *
 * @param files for the receiver to release
 * @param whole whether they are the files themselves; if not, those in folders but {@code configs} have their names and
 *     sizes and no content
 */
public record ModelOutline(ModelFiles files, boolean whole) {}
