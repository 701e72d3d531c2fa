/**
 * Frequency of characters in East Asian texts. The levels of the national standards (rows sorted by
 * use) are derived from the decoders; the most frequent characters are listed.
 *
 * @module
 */

export type EastAsian = 'japanese' | 'simplified' | 'traditional' | 'korean';

const FREQUENT: Readonly<Record<EastAsian, string>> = {
  simplified:
    '的一是不了在人有我他这个们中来上大为和国地到以说时要就出会可也你对生能而子那得于着下自之年过发后作里' +
    '用道行所然家种事成方多经么去法学如都同现当没动面起看定天分还进好小部其些主样理心她本前开但因只从想' +
    '实日军者意无力它与长把机十民第公此已工使情明性知全三又关点正业外将两高间由问很最重并物手应战向头文' +
    '体政美相见被利什二等产或新己制身果加西斯月话合回特代内信表化老给世位次度门任常先海通教儿原东声提立' +
    '及比员解水名真论处走义各入几口认条平系气题活尔更别打女变四神总何电数安少报才结反受目太量再感建务做' +
    '接必场件计管期市直德资命山金指克许统区保至队形社便空决治展马科司五基眼书非则听白却界达光放强即像难' +
    '且权思王象完设式色路记南品住告类求据程北边死张该交规万取拉格望觉术领共确传师观清今切院让识候带导争' +
    '运姓名城市备注订单编号姓电话地址客户日期金额数量价格产品合计北京上海广州联系邮箱测试文件会议记录讨论预算',
  traditional:
    '的一是不了在人有我他這個們中來上大為和國地到以說時要就出會可也你對生能而子那得於著下自之年過發後作裡' +
    '用道行所然家種事成方多經麼去法學如都同現當沒動面起看定天分還進好小部其些主樣理心她本前開但因只從想' +
    '實日軍者意無力它與長把機十民第公此已工使情明性知全三又關點正業外將兩高間由問很最重並物手應戰向頭文' +
    '體政美相見被利什二等產或新己制身果加西月話合回特代內信表化老給世位次度門任常先海通教兒原東聲提立' +
    '及比員解水名真論處走義各入幾口認條平系氣題活更別打女變四神總何電數安少報才結反受目太量再感建務做' +
    '接必場件計管期市直資命山金指許統區保至隊形社便空決治展馬科司五基眼書非則聽白卻界達光放強即像難' +
    '且權思王象完設式色路記南品住告類求據程北邊張該交規萬取望覺術領共確傳師觀清今切院讓識候帶導爭運' +
    '姓名城市備註訂單編號電話地址客戶日期金額數量價格產品合計臺灣北聯繫測試檔案會議錄討論預算',
  japanese:
    '日一国人年大十二本中長出三同時政事自行社見月分議後前民生連五発間対上部東者党地合市業内相方四定今回新' +
    '場金員九入選立開手米力学問高代明実円関決子動京全目表戦経通外最言氏現理調体化田当八六約主題下首意法不' +
    '来作性的要用制治度務強気小七成期公持野協取都和統以機平総加山思家話世受区領多県続進正安設保改数記院女' +
    '初北午指権心界支第産結百派点教報済書府活原先共得解名交資予川向際査勝面委告軍文反元重近千考判認画海参' +
    '名前住所電話番号備考都市会社商品注文数量価格合計金額日付担当東京大阪納品火曜水曜木曜月曜予算議事録' +
    '山田太郎鈴木花子佐藤高橋伊藤渡辺中村小林加藤',
  korean:
    '이다의는에을가고하지를기도한사로어자은서인대리나해일으있시과정아것들그수제라보주부장상전구게여들원만' +
    '성면조연스국관위공안적학물동비마신생문무미경발유중계용화오회소행선세재야음방요년간내명말니개진' +
    '당분모러우양교산체점때니었했습니까합는된될할않없었데거든려른못저알같운심강실민통노영트드크르립입' +
    '력각건격결과급길김날남너널녀년높눈느능단달던도두등또람럼려련령로록론료루류름많매맞먹며명목반받밝' +
    '번법변별본북불빛사살색설속손송순술쉬식십싶씨아악앞애약업없엇역열예온완왕외욕월육응의임작저절접' +
    '족존종좋죄죽준즉증직질집차착찾책처천첫청체초최추축출충치친칠크큰타토통투특파편평표품풍필하학합' +
    '항해향혀협형호혼홍확환황회효후훈휴흐희흥힘름주소전화번호이메일도시서울부산비고금액합계날짜제품수량가격',
};

/** First and last lead byte of the rows of common characters, and the encoding they are of. */
const LEVELS: Readonly<Record<EastAsian, readonly [string, number, number, number]>> = {
  simplified: ['gbk', 0xb0, 0xd7, 0xa1],
  traditional: ['big5', 0xa4, 0xc6, 0x40],
  japanese: ['euc-jp', 0xb0, 0xcf, 0xa1],
  korean: ['euc-kr', 0xb0, 0xc8, 0xa1],
};

export interface Usage {
  readonly frequent: ReadonlySet<string>;
  /** First level of the standard. */
  readonly common: ReadonlySet<string>;
}

const usages = new Map<EastAsian, Usage>();

export function usageOf(language: EastAsian): Usage {
  let usage = usages.get(language);
  if (!usage) {
    usage = { frequent: new Set(FREQUENT[language]), common: levelOf(...LEVELS[language]) };
    usages.set(language, usage);
  }
  return usage;
}

function levelOf(encoding: string, from: number, to: number, trail: number): Set<string> {
  const bytes: number[] = [];
  for (let lead = from; lead <= to; lead++) {
    for (let second = trail; second < 0xff; second++) {
      if (second < 0x7f || second > 0xa0) bytes.push(lead, second);
    }
  }
  return new Set(new TextDecoder(encoding).decode(Uint8Array.from(bytes)));
}
