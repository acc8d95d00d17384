import type { CodegenConfig } from '@graphql-codegen/cli'

/** Types and typed documents of every `.graphql` file under src, from the schema that the server exports. */
const config: CodegenConfig = {
  schema: 'schema.graphql',
  documents: ['src/**/*.graphql'],
  ignoreNoDocuments: false,
  generates: {
    './src/graphql/generated/': {
      preset: 'client',
      presetConfig: { fragmentMasking: false },
      config: {
        useTypeImports: true,
        enumsAsTypes: true,
        skipTypename: true,
        scalars: { ISO8601DateTime: 'string', ISO8601Date: 'string', Upload: 'File' },
      },
    },
  },
}

export default config
