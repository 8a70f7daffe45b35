package io.nereid.server.model.loading;

import io.nereid.backend.ModelVersion;
import io.nereid.inference.ErrorCode;
import io.nereid.inference.InferenceException;
import io.nereid.modelrepo.FileDigests;
import io.nereid.modelrepo.config.ModelConfig;

import java.io.IOException;
import java.nio.file.FileVisitOption;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;

/** A digest of what the answers of a model version depend on beside the requests. Stateless; reads files. */
final class ModelContent {
    private ModelContent() {}

    /**
     * Of the name, the version and the complete configuration of a model, and of its files: those of the version, and those
     * beside its configuration, but what Python makes of its files. Reads them whole.
     *
     * @param steps the same of the models that an ensemble is made of, in the order of its steps
     * @throws InferenceException INTERNAL if one of them cannot be read
     */
    static String digest(ModelVersion version, ModelConfig config, List<String> steps) throws InferenceException {
        StringBuilder content = new StringBuilder().append(version.model()).append('\n').append(version.version())
                .append('\n').append(config.toJson()).append('\n');
        steps.forEach(step -> content.append(step).append('\n'));
        try {
            for (Path file : files(version)) {
                content.append(version.modelDirectory().relativize(file)).append(' ')
                        .append(FileDigests.hash(file, Files.size(file))).append('\n');
            }
        } catch (IOException e) {
            throw new InferenceException(ErrorCode.INTERNAL, "the files of model '" + version.model()
                    + "' cannot be read: " + e, e);
        }
        return FileDigests.hash(content.toString());
    }

    private static List<Path> files(ModelVersion version) throws IOException {
        List<Path> files = new ArrayList<>();
        try (Stream<Path> ofVersion = Files.walk(version.versionDirectory(), FileVisitOption.FOLLOW_LINKS);
                Stream<Path> beside = Files.list(version.modelDirectory())) {
            Stream.concat(ofVersion, beside).filter(Files::isRegularFile)
                    .filter(file -> !file.toString().contains("/__pycache__/")).distinct().sorted().forEach(files::add);
        }
        return files;
    }
}
