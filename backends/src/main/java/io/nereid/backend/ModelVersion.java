package io.nereid.backend;

import java.nio.file.Path;

/**
 * Where a version of a model lies.
 *
 * @param model the model's name
 * @param version its number
 * @param modelDirectory the model's directory, which holds {@code config.pbtxt}
 * @param versionDirectory the directory of this version below it
 */
public record ModelVersion(String model, long version, Path modelDirectory, Path versionDirectory) {}
