import vue from '@vitejs/plugin-vue';

const isCustomElement = (tag) => tag === 'try-it-on';

export default { plugins: [vue({ template: { compilerOptions: { isCustomElement } } })] };
