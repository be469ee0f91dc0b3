import hooks from "eslint-plugin-react-hooks";
import typescript from "typescript-eslint";

const noDefault = {
  selector: "ExportDefaultDeclaration",
  message: "Export by name: a default export is renamed by whoever imports it.",
};
const noOperation = {
  selector: "CallExpression[callee.name='graphql'] TemplateElement[value.raw=/^\\s*(query|mutation|subscription)\\b/]",
  message: "Operations stand in operations.ts, from which they are registered; elsewhere the API refuses them.",
};
const word = "value=/\\p{L}{2}/u";
const named = "JSXAttribute[name.name=/^(label|title|description|alt|aria-label|placeholder)$/]";
const shown = `:matches(JSXElement, JSXFragment, ${named}) > JSXExpressionContainer`;
const among = ":matches(ConditionalExpression, LogicalExpression, BinaryExpression[operator='+'])";
const noText = {
  selector: [
    `JSXText[${word}]`,
    `${named} > Literal[${word}]`,
    ...["", `> ${among}`, `> ${among} > ${among}`].flatMap((within) => [
      `${shown} ${within} > Literal[${word}]`,
      `${shown} ${within} > TemplateLiteral > TemplateElement[value.raw=/\\p{L}{2}/u]`,
    ]),
  ].join(),
  message: "Texts stand in the messages.en.json of their folder.",
};
const noNoonElsewhere = {
  selector: "Literal[value=/T12:00:00Z/], TemplateElement[value.raw=/T12:00:00Z/]",
  message: "Take noonOf() of ~/ui/days: noon in Greenwich is the next day in Auckland.",
};
const otherFormatter = { name: "use-intl", importNames: ["useFormatter"], message: "Take ~/app/format: it writes a minus as one." };
const limit = (max) => ["error", { max, skipBlankLines: true, skipComments: true }];

export default typescript.config(
  { ignores: ["dist", "src/api/schema.d.ts", "scripts"] },
  typescript.configs.strict,
  hooks.configs.flat["recommended-latest"],
  {
    rules: {
      "no-restricted-syntax": ["error", noDefault, noOperation, noText, noNoonElsewhere],
      "no-restricted-imports": [
        "error",
        {
          paths: [otherFormatter],
          patterns: [
            { group: ["../*"], message: "Write ~/folder/file: a path that says where it goes." },
            { group: ["@tabler/icons-react"], importNamePattern: "^(?!Icon)", message: "Only icons come from here." },
          ],
        },
      ],
      "max-lines": limit(400),
    },
  },
  {
    files: ["src/customer/**"],
    rules: {
      "no-restricted-imports": [
        "error",
        { paths: [otherFormatter], patterns: [{ group: ["~/console/*"], message: "Nothing of the console may reach customers." }] },
      ],
    },
  },
  {
    files: ["src/ui/**"],
    rules: {
      "no-restricted-imports": [
        "error",
        { paths: [otherFormatter], patterns: [{ group: ["urql", "~/api/client", "~/customer/*", "~/console/*"], message: "ui/ fetches nothing and knows no page." }] },
      ],
    },
  },
  { files: ["src/app/format.ts"], rules: { "no-restricted-imports": "off" } },
  { files: ["src/**/operations.ts"], rules: { "no-restricted-syntax": ["error", noDefault] } },
  { files: ["*.config.*"], rules: { "no-restricted-syntax": "off" } },
);
