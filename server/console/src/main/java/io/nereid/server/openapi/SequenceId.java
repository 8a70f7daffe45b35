package io.nereid.server.openapi;

import io.nereid.modelrepo.config.DataType;
import io.nereid.modelrepo.config.ModelConfig;
import io.nereid.modelrepo.config.SequenceBatchingConfig;
import io.nereid.modelrepo.config.SequenceBatchingConfig.Control;

/** What a request to a model names its sequence by. */
enum SequenceId {
    /** It belongs to none, or is one of its own. */
    NONE,
    /** A number. */
    NUMBER,
    /** A text: the model is given the id as one. */
    TEXT;

    /** That of a model's requests. */
    static SequenceId of(ModelConfig config) {
        if (!(config.scheduling() instanceof SequenceBatchingConfig batching) || batching.iterative()) {
            return NONE;
        }
        boolean isText = batching.controlInputs().stream().flatMap(input -> input.controls().stream())
                .anyMatch(control -> control.kind() == Control.Kind.CORRID && control.dataType() == DataType.STRING);
        return isText ? TEXT : NUMBER;
    }
}
