package io.nereid.modelrepo;

import java.nio.file.Path;

/**
 * A model as the listing of a repository shows it.
 *
 * @param name the name of the directory
 * @param path the directory
 */
public record ModelDirectory(String name, Path path) {}
