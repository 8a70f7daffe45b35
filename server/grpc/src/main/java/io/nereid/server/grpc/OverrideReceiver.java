package io.nereid.server.grpc;

import io.nereid.inference.ErrorCode;
import io.nereid.inference.InferenceException;
import io.nereid.modelrepo.ModelRepositoryException;
import io.nereid.modelrepo.OverrideFiles;
import io.nereid.server.grpc.codec.LoadRequestReader;
import io.nereid.server.model.control.LoadErrors;
import io.nereid.server.model.control.LoadOverride;
import io.nereid.server.model.control.ModelControl;
import io.nereid.server.model.control.VersionNumber;
import io.nereid.server.protocol.RequestLimits;
import org.jspecify.annotations.Nullable;

import java.io.IOException;
import java.io.OutputStream;
import java.util.Optional;
import java.util.OptionalLong;

/**
 * What one load request brings in place of the repository's, and which version it is about: its configuration, and its
 * files, which go to the disk as they are read. Closing it deletes them, unless they were {@link #take taken}. Not thread-safe; blocks.
 */
final class OverrideReceiver implements LoadRequestReader.Receiver, AutoCloseable {
    private final ModelControl control;
    private String model = "";
    private Optional<String> config = Optional.empty();
    private OptionalLong version = OptionalLong.empty();
    private @Nullable OverrideFiles files;

    OverrideReceiver(ModelControl control) {
        this.control = control;
    }

    /** Reads the message, once. */
    void read(ReceivedMessage message, RequestLimits limits) throws InferenceException {
        try {
            LoadRequestReader.read(message, message.length(), limits, this);
        } catch (ModelRepositoryException e) {
            throw LoadErrors.unreadable(model, e);
        } catch (IOException e) { // the message is in memory: it is the disk
            throw new InferenceException(ErrorCode.INTERNAL, "failed to keep the files of the load request: " + e, e);
        }
    }

    @Override
    public void names(String repository, String name) throws InferenceException {
        RepositoryCalls.requireNoName(repository);
        control.checkLoadable(name);
        model = name;
    }

    @Override
    public void config(String json) {
        config = Optional.of(json);
    }

    @Override
    public void version(String number) throws InferenceException {
        version = OptionalLong.of(VersionNumber.parse(number));
    }

    @Override
    public OutputStream file(String path) {
        if (files == null) {
            files = new OverrideFiles();
        }
        return files.create(path);
    }

    /** The model to load. */
    String model() {
        return model;
    }

    /** What was brought, which is the caller's from here on. */
    LoadOverride take() {
        LoadOverride override = new LoadOverride(config, files).ofVersion(version);
        files = null;
        return override;
    }

    @Override
    public void close() {
        if (files != null) {
            files.close();
        }
    }
}
