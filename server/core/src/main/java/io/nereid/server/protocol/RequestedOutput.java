package io.nereid.server.protocol;

import io.nereid.inference.OutputPlace;
import org.jspecify.annotations.Nullable;

/**
 * An output a client asks for.
 *
 * @param name the output's name
 * @param binary whether it shall come as binary data rather than JSON
 * @param classification how many of the best classes shall come in its place; 0 for the tensor itself
 * @param target where its data goes instead of into the response; null for into the response
 * @param place where the model may leave it
 */
public record RequestedOutput(String name, boolean binary, int classification, @Nullable OutputTarget target,
        OutputPlace place) {
    /** An output that goes to that target, or, where that is null, comes in the response. */
    public RequestedOutput(String name, boolean binary, int classification, @Nullable OutputTarget target) {
        this(name, binary, classification, target, target == null ? OutputPlace.HOST : target.place());
    }

    /** An output that comes in the response. */
    public RequestedOutput(String name, boolean binary, int classification) {
        this(name, binary, classification, null, OutputPlace.HOST);
    }
}
