package io.nereid.server.http.sagemaker;

import io.nereid.inference.InferenceException;
import io.nereid.inference.NanoClock;
import io.nereid.server.http.HttpConfig;
import io.nereid.server.http.HttpFrontEnd;
import io.nereid.server.http.HttpService;
import io.nereid.server.http.MediaTypeLength;
import io.nereid.server.service.Services;
import io.nereid.server.transport.ListenAddress;

/** The port that SageMaker asks. */
public final class SageMakerFrontEnd {
    private static final MediaTypeLength JSON_LENGTH = new MediaTypeLength(
            "application/vnd.sagemaker-triton.binary+json;json-header-size=", true);

    private SageMakerFrontEnd() {}

    /**
     * Starts to listen.
     *
     * @param http the limits of connections, and who may call what
     * @throws InferenceException UNAVAILABLE if the address cannot be had
     */
    public static HttpFrontEnd listen(SageMakerConfig config, HttpConfig http, Services services)
            throws InferenceException {
        HttpConfig own = http.ofPlatform(config.address(), config.port(), config.threads());
        PlatformModels models = new PlatformModels(services.control(), services.inference().models(), config.models(),
                NanoClock.SYSTEM);
        SageMakerRouter router = new SageMakerRouter(new HttpService(services, own, JSON_LENGTH), config, models);
        return HttpFrontEnd.listenForPlatform(own,
                new ListenAddress("Sagemaker", "--sagemaker", config.address(), config.port(), false), "sagemaker",
                router, services.memory(), services.ledger());
    }
}
