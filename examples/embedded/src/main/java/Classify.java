import io.nereid.server.ModelServer;
import io.nereid.server.ServerConfig;
import io.nereid.server.inference.InferenceResult;

import java.awt.Color;
import java.awt.Graphics2D;
import java.awt.RenderingHints;
import java.awt.image.BufferedImage;
import java.io.File;
import java.io.IOException;
import java.nio.file.Path;
import javax.imageio.ImageIO;

/**
 * Names the food on a photograph, with the whole server in this process and no port open.
 *
 * <pre>Classify MODEL_REPOSITORY PHOTOGRAPH</pre>
 */
public final class Classify {
    private static final int SIZE = 224;
    private static final float[] MEAN = {0.485f, 0.456f, 0.406f};
    private static final float[] DEVIATION = {0.229f, 0.224f, 0.225f};

    private Classify() {}

    public static void main(String[] arguments) throws Exception {
        ServerConfig config = ServerConfig.of(Path.of(arguments[0])).withoutPorts();
        float[] pixels = normalized(read(new File(arguments[1])));
        try (ModelServer server = ModelServer.start(config);
                InferenceResult result = server.inference().request("food_classifier_onnx")
                        .input("input", pixels, 1, 3, SIZE, SIZE)
                        .classes("output", 3)
                        .infer()) {
            result.output("output").strings().forEach(System.out::println);
        }
    }

    private static BufferedImage read(File file) throws IOException {
        BufferedImage photograph = ImageIO.read(file);
        if (photograph == null) {
            throw new IOException(file + " is no image that this Java can read");
        }
        BufferedImage scaled = new BufferedImage(SIZE, SIZE, BufferedImage.TYPE_INT_RGB);
        Graphics2D graphics = scaled.createGraphics();
        graphics.setRenderingHint(RenderingHints.KEY_INTERPOLATION, RenderingHints.VALUE_INTERPOLATION_BILINEAR);
        graphics.drawImage(photograph, 0, 0, SIZE, SIZE, null);
        graphics.dispose();
        return scaled;
    }

    /** Red, green and blue as planes of their own, as the model was trained. */
    private static float[] normalized(BufferedImage image) {
        float[] pixels = new float[3 * SIZE * SIZE];
        for (int y = 0; y < SIZE; y++) {
            for (int x = 0; x < SIZE; x++) {
                float[] rgb = new Color(image.getRGB(x, y)).getRGBColorComponents(null);
                for (int channel = 0; channel < 3; channel++) {
                    pixels[(channel * SIZE + y) * SIZE + x] = (rgb[channel] - MEAN[channel]) / DEVIATION[channel];
                }
            }
        }
        return pixels;
    }
}
