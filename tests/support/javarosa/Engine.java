import java.io.BufferedReader;
import java.io.ByteArrayInputStream;
import java.io.File;
import java.io.FileInputStream;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.io.OutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.javarosa.core.model.Constants;
import org.javarosa.core.model.FormDef;
import org.javarosa.core.model.FormIndex;
import org.javarosa.core.model.data.AnswerDataFactory;
import org.javarosa.core.model.data.IAnswerData;
import org.javarosa.core.model.data.StringData;
import org.javarosa.core.model.data.UncastData;
import org.javarosa.core.model.instance.InstanceInitializationFactory;
import org.javarosa.core.model.instance.TreeElement;
import org.javarosa.core.reference.PrefixedRootFactory;
import org.javarosa.core.reference.Reference;
import org.javarosa.core.reference.ReferenceManager;
import org.javarosa.core.services.transport.payload.ByteArrayPayload;
import org.javarosa.form.api.FormEntryController;
import org.javarosa.form.api.FormEntryModel;
import org.javarosa.form.api.FormEntryPrompt;
import org.javarosa.model.xform.XFormSerializingVisitor;
import org.javarosa.model.xform.XFormsModule;
import org.javarosa.xform.util.XFormUtils;

/**
 * JavaRosa, the engine of ODK Collect, behind a line protocol.  Fields of a line are parted by tabs.
 *
 * Files that a form names (jr://file-csv/...) are looked for in the form's own folder.
 *
 * fill FORM name=text ...   goes through the form as an interviewer does, answering what is asked;
 *                           answers: ok, refusals (name:code,...), the instance that would be sent
 * value FORM NAME           the text of a node of a form that was just opened
 */
public class Engine {
    public static void main(String[] words) throws Exception {
        PrintStream out = new PrintStream(System.out, true, "UTF-8");
        System.setOut(System.err); // the engine prints; the protocol must not hear it
        new XFormsModule().registerModule();
        BufferedReader in = new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));
        for (String line = in.readLine(); line != null; line = in.readLine()) {
            String[] fields = line.split("\t", -1);
            String reply;
            try {
                reply = fields[0].equals("fill") ? fill(fields) : value(fields);
            } catch (Throwable error) {
                reply = "error\t" + escape(String.valueOf(error));
            }
            out.println(reply);
        }
    }

    private static FormDef open(String path) throws Exception {
        File folder = new File(path).getAbsoluteFile().getParentFile();
        ReferenceManager.instance().reset();
        ReferenceManager.instance().addReferenceFactory(new Beside(folder));
        byte[] xml = Files.readAllBytes(new File(path).toPath());
        FormDef form = XFormUtils.getFormFromInputStream(new ByteArrayInputStream(xml));
        form.initialize(true, new InstanceInitializationFactory());
        return form;
    }

    private static String value(String[] fields) throws Exception {
        TreeElement node = open(fields[1]).getMainInstance().getRoot().getFirstChild(fields[2]);
        IAnswerData data = node.getValue();
        return "ok\t" + escape(data == null ? "" : data.uncast().getString());
    }

    private static String fill(String[] fields) throws Exception {
        FormDef form = open(fields[1]);
        Map<String, String> texts = new LinkedHashMap<>();
        for (int index = 2; index < fields.length; index++) {
            String[] pair = fields[index].split("=", 2);
            texts.put(pair[0], unescape(pair[1]));
        }
        TreeElement root = form.getMainInstance().getRoot();
        for (int index = 0; index < root.getNumChildren(); index++) {
            TreeElement child = root.getChildAt(index);
            String text = texts.get("hidden:" + child.getName());
            if (text != null && !text.isEmpty()) {
                form.setValue(new StringData(text), child.getRef(), true);
            }
        }
        FormEntryController walk = new FormEntryController(new FormEntryModel(form));
        List<String> refused = new ArrayList<>();
        for (int event = walk.stepToNextEvent(); event != FormEntryController.EVENT_END_OF_FORM;
                event = walk.stepToNextEvent()) {
            if (event == FormEntryController.EVENT_QUESTION) {
                answer(walk, texts, refused);
            }
        }
        form.postProcessInstance();
        XFormSerializingVisitor writer = new XFormSerializingVisitor();
        ByteArrayPayload sent = (ByteArrayPayload) writer.createSerializedPayload(form.getMainInstance());
        String xml = new String(sent.getPayloadStream().readAllBytes(), StandardCharsets.UTF_8);
        return "ok\t" + String.join(",", refused) + "\t" + escape(xml);
    }

    private static void answer(FormEntryController walk, Map<String, String> texts, List<String> refused) {
        FormEntryPrompt prompt = walk.getModel().getQuestionPrompt();
        if (prompt.isReadOnly()) {
            return;
        }
        FormIndex index = prompt.getIndex();
        String name = index.getReference().getNameLast();
        String text = texts.getOrDefault(name, "");
        IAnswerData data = null;
        if (!text.isEmpty()) {
            data = AnswerDataFactory.template(prompt.getControlType(), prompt.getDataType())
                    .cast(new UncastData(text));
        }
        int result = walk.answerQuestion(index, data, true);
        if (result == FormEntryController.ANSWER_REQUIRED_BUT_EMPTY) {
            refused.add(name + ":answer.required");
        } else if (result == FormEntryController.ANSWER_CONSTRAINT_VIOLATED) {
            refused.add(name + ":answer.constraint");
        }
    }

    private static String escape(String text) {
        return text.replace("\\", "\\\\").replace("\t", "\\t").replace("\r", "\\r").replace("\n", "\\n");
    }

    private static String unescape(String text) {
        StringBuilder plain = new StringBuilder();
        for (int index = 0; index < text.length(); index++) {
            char here = text.charAt(index);
            if (here == '\\' && index + 1 < text.length()) {
                char next = text.charAt(++index);
                plain.append(next == 't' ? '\t' : next == 'n' ? '\n' : next == 'r' ? '\r' : next);
            } else {
                plain.append(here);
            }
        }
        return plain.toString();
    }

    /** Files that a form names lie beside it, as in Collect's folder of the form. */
    private static class Beside extends PrefixedRootFactory {
        private final File folder;

        Beside(File folder) {
            super(new String[] {"file/", "file-csv/"});
            this.folder = folder;
        }

        @Override
        protected Reference factory(String terminal, String address) {
            return new Lying(new File(folder, terminal), address);
        }
    }

    private record Lying(File file, String address) implements Reference {
        @Override
        public boolean doesBinaryExist() {
            return file.exists();
        }

        @Override
        public InputStream getStream() throws java.io.IOException {
            return new FileInputStream(file);
        }

        @Override
        public String getURI() {
            return address;
        }

        @Override
        public String getLocalURI() {
            return file.getPath();
        }

        @Override
        public boolean isReadOnly() {
            return true;
        }

        @Override
        public OutputStream getOutputStream() {
            throw new UnsupportedOperationException();
        }

        @Override
        public void remove() {
            throw new UnsupportedOperationException();
        }

        @Override
        public Reference[] probeAlternativeReferences() {
            return new Reference[0];
        }
    }
}
