package gourmetgram.http;

import io.nereid.inference.InferenceException;

import java.io.IOException;

/** Answers requests of one method and path, on the virtual thread of each, which it may block. */
@FunctionalInterface
public interface Handler {
    /**
     * Answers a request.
     *
     * @throws HttpError the answer is that status and text
     * @throws InferenceException the answer is its text, with the status of its code
     * @throws IOException the client has gone
     */
    Reply answer(Request request) throws HttpError, InferenceException, IOException, InterruptedException;
}
