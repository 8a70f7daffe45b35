package io.nereid.modelrepo.config;

import java.util.List;
import java.util.Optional;

/** What an input and an output of a model have in common. */
public sealed interface TensorConfig permits ModelInput, ModelOutput {

    String name();

    DataType dataType();

    /** The shape without the batch dimension of a batching model; -1 is any size. */
    List<Long> dims();

    /** The shape that the backend sees instead of {@link #dims()}; may be empty for a batching model. */
    Optional<List<Long>> reshape();

    boolean shapeTensor();

    boolean nonLinearFormatIo();
}
