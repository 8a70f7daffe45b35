package io.nereid.backend.onnxruntime;

import io.nereid.inference.DataType;
import io.nereid.modelrepo.config.BatchInputConfig;

import java.util.List;

/**
 * Inputs of a model that no request gives: they say what shapes the requests of a batch have.
 *
 * @param kind what they say
 * @param dataType INT32 or FP32
 * @param source the input whose shapes they describe
 * @param targets their numbers among the inputs of a call; all get the same values
 */
record BatchInput(BatchInputConfig.Kind kind, DataType dataType, ModelTensor source, List<Integer> targets) {
    BatchInput {
        targets = List.copyOf(targets);
    }
}
