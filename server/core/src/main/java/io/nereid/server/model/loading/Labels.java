package io.nereid.server.model.loading;

import io.nereid.modelrepo.LabelFile;
import io.nereid.modelrepo.config.ModelConfig;
import io.nereid.modelrepo.config.ModelOutput;

import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** The class labels of a model's outputs. Stateless. */
final class Labels {
    private Labels() {}

    /**
     * The labels of the outputs whose configuration names a file, by the output's name.
     *
     * @throws io.nereid.modelrepo.ModelRepositoryException if one cannot be read
     */
    static Map<String, List<String>> of(ModelConfig config, Path modelDirectory) {
        Map<String, List<String>> labels = new HashMap<>();
        for (ModelOutput output : config.outputs()) {
            if (!output.labelFilename().isEmpty()) {
                labels.put(output.name(), LabelFile.read(modelDirectory, output.labelFilename()));
            }
        }
        return labels;
    }
}
